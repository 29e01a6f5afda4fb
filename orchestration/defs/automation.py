"""Jobs and the schedule; ``everything`` does what `greenties run` does."""

import dagster as dg

from orchestration.defs.landing import MONTHLY_TABLES, YEARBOOK_TABLES, landing_key
from orchestration.line import run_line
from orchestration.settings import settings

collect = dg.define_asset_job(
    "collect",
    selection=dg.AssetSelection.assets(*map(landing_key, MONTHLY_TABLES)),
    description="Crawl months of the gazette, of legal events and of policy documents (公布公告, "
    "事务数据, 政策文件): asks the site for the totals of each month and fetches what is new "
    "or changed. What `greenties load` runs.",
)
collect_yearbooks = dg.define_asset_job(
    "collect_yearbooks",
    selection=dg.AssetSelection.assets(*map(landing_key, YEARBOOK_TABLES)),
    description="Fetch yearbook tables (统计年鉴) by year.",
)
build = dg.define_asset_job(
    "build",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("landing"),
    description="Raw views, dbt, analysis, reports and the release, from what is landed.",
)


@dg.op(description="Collect what changed, build when anything changed, publish.")
def run_the_line(context: dg.OpExecutionContext) -> None:
    """Run collection and build as runs of their own on this instance."""
    outcome = run_line(settings(), context.instance, crawl=True)
    context.log.info(outcome.summary)


@dg.job(
    description="What `greenties run` does: a `collect`, a `collect_yearbooks` and, when anything "
    "changed, a `build` run on this instance. Repeating it without changes at the site fetches "
    "and builds nothing.",
    executor_def=dg.in_process_executor,
)
def everything() -> None:
    """The whole line."""
    run_the_line()


monthly = dg.ScheduleDefinition(
    name="monthly",
    job=everything,
    cron_schedule="0 3 5 * *",
    execution_timezone="Asia/Shanghai",
    description="On the fifth of each month, 03:00 in China: ask again for the totals of all "
    "months, fetch what is new or corrected, rebuild.",
)
