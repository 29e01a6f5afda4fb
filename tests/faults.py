"""One fault for every data test of the warehouse: what it must see.

    with injected(connection, FAULTS["assert_no_row_is_lost"]):
        ...  # the rows of the test are more than before

A fault changes the tables that a test reads as a wrong model would have left them. A data test
without a fault here fails ``test_no_data_test_is_without_a_fault``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TARGET = re.compile(r"^(?:update|insert into|delete from) (\w+)\.(\w+)", re.IGNORECASE)

FAULTS: dict[str, tuple[str, ...]] = {
    # networks
    "assert_a_specification_is_a_filter": (
        "update marts.fct_joint_pairs set universe_from = 342 where level = 'city'",
    ),
    "assert_assignments_are_legal_events": (
        "delete from marts.fct_assignments where assignment_id = "
        "(select min(assignment_id) from marts.fct_assignments)",
    ),
    "assert_betweenness_is_within_its_bound": (
        "update marts.fct_node_years set transfer_betweenness = 1.5 where adcode = '110000'",
    ),
    "assert_cells_are_sums_of_their_links": (
        "delete from marts.fct_cell_applications where variable = 'gpatent' and link_id = "
        "(select min(link_id) from marts.fct_cell_applications where variable = 'gpatent')",
    ),
    "assert_covariates_are_plausible": (
        "update marts.fct_city_covariates set ln_pgdp = 50 where adcode = '110000'",
    ),
    "assert_degree_counts_partners": (
        "update marts.fct_node_years set extensive = extensive + 1 where adcode = '110000'",
    ),
    "assert_digital_economy_is_centred": (
        "update marts.fct_city_variables set value = value + 1 where variable = 'dige'",
    ),
    "assert_edges_are_well_formed": ("update marts.fct_joint_edges set city_a = city_b",),
    "assert_edges_come_from_patents": (
        "delete from marts.fct_joint_edge_patents where application_id = "
        "(select min(application_id) from marts.fct_joint_edge_patents)",
    ),
    "assert_environment_index_is_in_range": (
        "update marts.fct_node_years set er = 1.053 where adcode = '110000'",
    ),
    "assert_every_row_is_accounted_for": (
        "update reports.rpt_row_accounting set n_unaccounted = 1",
    ),
    "assert_levels_and_windows_agree": (
        "update marts.fct_network_edges set n_patents = n_patents + 1 where level = 'city'",
    ),
    "assert_links_lead_to_records": (
        "delete from marts.fct_publications where application_id = "
        "(select min(application_id) from marts.fct_cell_applications)",
    ),
    "assert_log_counts_are_logs": (
        "update marts.fct_node_years set ln_gtr = ln_gtr + 0.1 where adcode = '110000'",
    ),
    "assert_loops_are_no_edges": (
        "update marts.fct_network_edges set to_node = from_node where level = 'province'",
    ),
    "assert_margins_multiply_exactly": (
        "update marts.fct_node_dynamics set intensive = intensive + 0.000001 where extensive > 0",
    ),
    "assert_no_event_is_lost": (
        "delete from marts.fct_legal_events where event_id = "
        "(select min(event_id) from marts.fct_legal_events)",
    ),
    "assert_no_yearbook_line_is_lost": (
        "update marts.fct_city_covariates set has_city_yearbook = false where adcode = '110000'",
    ),
    "assert_panel_is_rectangular": ("delete from marts.fct_node_years where adcode = '110000'",),
    "assert_partner_dynamics_add_up": (
        "update marts.fct_node_dynamics set n_kept = n_kept + 1 where level = 'province'",
    ),
    "assert_partners_are_named": (
        "delete from marts.fct_partners where level = 'city' and status = 'new'",
    ),
    "assert_partners_do_not_come_and_go": (
        "insert into marts.fct_partner_returns by name select 'grant' as basis, "
        "'110000' as node, '310000' as partner, 5 as n_returns, true as is_reported",
    ),
    "assert_partners_fit_in_the_universe": (
        "update marts.fct_node_dynamics set n_partners = 391 where level = 'city'",
    ),
    "assert_policy_synergy_is_a_product": (
        "update marts.fct_city_covariates set rps = 99 where adcode = '110000'",
    ),
    "assert_repeated_events_are_rejected": ("delete from marts.rejections where field = 'event'",),
    "assert_rsi_is_the_product_of_its_margins": (
        "update marts.fct_node_years set intensive = intensive + 0.1 where adcode = '110000'",
    ),
    "assert_shares_are_positive": (
        "update marts.fct_city_covariates set ins = 0 where adcode = '110000'",
    ),
    "assert_stated_totals_are_landed": ("update marts.fct_landed_months set n_difference = 1",),
    "assert_synthetic_documents_agree_with_the_yearbook": (
        "insert into marts.fct_landed_months by name select 'policy_documents' as table_name, "
        "make_date(2012, m, 1) as landing_month, true as is_synthetic from range(1, 13) as t(m)",
        "insert into intermediate.int_policy_years by name select '110000' as province_code, "
        "2012 as year, 1 as n_documents, 1.0 as mean_issuers",
        "insert into intermediate.int_province_yearbooks by name select '110000' as province_code, "
        "2012 as year, 2.0 as policy_actors, 0 as n_imported_cells",
    ),
    "assert_the_long_table_is_whole": (
        "delete from marts.fct_city_variables where adcode = '110000' and variable = 'rsi'",
    ),
    "assert_the_panel_is_the_sample": (
        "update marts.fct_city_years set rsi_lag1 = 77 where adcode = '110000'",
    ),
    "assert_transfers_reach_the_out_degree": (
        "delete from marts.fct_transfer_edge_events where type = 'sale'",
    ),
    # estimates
    "assert_every_result_has_a_status": (
        "update reports.rpt_spatial_tests set statistic = null, status = 'ok', reason = null",
    ),
    "assert_our_tables_keep_the_identities": (
        "insert into reports.rpt_audit_findings by name select 'ours' as source, "
        "999 as finding_no, 'T-10' as check_name, 'fail' as verdict",
    ),
    "assert_partner_lists_add_up": (
        "insert into reports.rpt_table1_partner_dynamics by name select 2013 as year, "
        "3 as n_partners",
    ),
    "assert_printed_tables_are_audited": (
        "delete from reports.rpt_audit_findings where check_name = 'T-01'",
    ),
    # Direct and indirect effects sum to the total, as weights whose rows sum to 1.18 give them.
    "assert_spatial_effects_are_coherent": (
        "insert into reports.rpt_table5_spatial by name select 'table5' as specification, "
        "99 as position, unnest(['main', 'wx', 'direct', 'indirect', 'total']) as column_kind, "
        "unnest([0.5, 0.1, 0.52, 0.90, 1.42]) as estimate_closed_form, 0.5 as rho, "
        "unnest([0.5, 0.1, 0.52, 0.90, 1.42]) as coef, 0.04 as mean_feedback, 'ok' as status",
    ),
    "assert_weights_rows_sum_to_one": (
        "insert into analysis.spatial_weights by name select 'inverse_distance' as kind, "
        "'110000' as origin, '110000' as destination, 0.5 as weight",
    ),
    # ownership
    "assert_flows_are_sums_of_moves": (
        "update intermediate.int_transfer_city_pairs set share = share + 0.1",
    ),
    "assert_moves_explain_shares": (
        "delete from intermediate.int_ownership_moves where move_kind = 'event'",
    ),
    "assert_repairs_are_findings": (
        "update intermediate.int_ownership_steps set rule = 'quietly' where step > 0",
    ),
    "assert_shares_sum_to_one": ("update marts.fct_patent_owners set numerator = numerator + 1",),
    "assert_spells_leave_no_holes": (
        "update marts.fct_patent_owners set valid_to = valid_from where valid_to is null",
    ),
    # covariates
    "assert_covariates_are_admissible": (
        "update marts.fct_city_covariates_long set value = -1e9 where variable = 'ins'",
    ),
    "assert_a_price_index_is_at_hand": (
        "update staging.stg_method__settings set deflation = 'price_index'",
        "update intermediate.int_city_covariates set deflator = null",
    ),
    # places
    "assert_every_place_has_a_rule_or_a_reason": (
        "update intermediate.int_applicants_located set reason = null, node_code = null",
    ),
    "assert_grains_of_places_hold": (
        "insert into intermediate.int_names_located "
        "select n.* from intermediate.int_names_located as n limit 1",
    ),
    "assert_most_domestic_addresses_are_located": (
        "insert into intermediate.int_applicants_split "
        "select s.* from intermediate.int_applicants_split as s cross join range(1000) "
        "where s.applicant_seq = 1",
        "update intermediate.int_place_texts_located set rule = null",
    ),
    "assert_no_person_is_published_in_clear": (
        "update marts.dim_applicants set published_name = '某某' where is_person",
    ),
    "assert_rules_keep_their_promise": (
        "insert into intermediate.int_city_rules_measured by name select 'guess' as rule, "
        "500 as n_records, 0.5 as share_right, 0.9 as documented_confidence",
    ),
    "assert_seeds_of_places_name_known_units": (
        "update seeds.postcode_prefixes set target_adcode = '999999'",
    ),
    # records
    "assert_applicant_positions_are_gapless": (
        "delete from intermediate.int_applicants_split where applicant_seq = 1",
    ),
    "assert_applications_have_one_kind_of_right": (
        "update intermediate.int_publications_validated set application_id = 'one for all'",
    ),
    "assert_editions_of_the_inventory_exist": (
        "update staging.stg_method__settings set inventory_edition = 'latest'",
    ),
    "assert_exact_is_within_prefix": (
        "delete from intermediate.int_tag_units where mode = 'prefix'",
    ),
    "assert_folding_keeps_every_publication": (
        "update marts.fct_applications set n_publications = n_publications + 1",
    ),
    "assert_grains_of_records_hold": (
        "insert into intermediate.int_ipc_texts_parsed "
        "select i.* from intermediate.int_ipc_texts_parsed as i limit 1",
    ),
    "assert_green_is_the_variant_of_the_settings": (
        "update intermediate.int_applications_green set is_green = not is_green",
    ),
    "assert_green_variants_are_nested": (
        "update marts.fct_green_shares set n_green = 0 where green_scope = 'any'",
    ),
    "assert_inventory_entries_are_readable": (
        "update staging.stg_reference__green_inventory set ipc_from = 'F03D 99'",
    ),
    "assert_inventory_overlaps_add_up": (
        "update marts.fct_inventory_overlaps set n_applications = n_applications + 1",
    ),
    "assert_no_name_is_published_in_clear": (
        "insert into marts.rejections by name select 'applicants' as field, '张三' as value",
    ),
    "assert_no_row_is_lost": (
        "delete from marts.fct_publications where publication_id = "
        "(select min(publication_id) from marts.fct_publications)",
    ),
}


@contextmanager
def injected(connection: DuckDBPyConnection, statements: Sequence[str]) -> Iterator[None]:
    """Change tables for the time of a block.

    Each table that is changed is first replaced by a bare copy: a fault may break its constraints,
    and a view cannot be changed at all.

    Raises
    ------
    ValueError
        If a statement changes no table that it names with its schema.
    """
    connection.execute("begin transaction")
    try:
        bare: set[str] = set()
        for statement in statements:
            target = _TARGET.match(statement)
            if target is None:
                raise ValueError(f"no table to change in: {statement}")
            relation = f"{target[1]}.{target[2]}"
            if relation not in bare:
                bare.add(relation)
                _make_bare(connection, *target.groups())
            connection.execute(statement)
        yield
    finally:
        connection.execute("rollback")


def _make_bare(connection: DuckDBPyConnection, schema: str, name: str) -> None:
    ((kind,),) = connection.execute(
        "select table_type from information_schema.tables "
        "where table_schema = ? and table_name = ?",
        [schema, name],
    ).fetchall()
    connection.execute(f"create temp table bare_{name} as select * from {schema}.{name}")
    connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {schema}.{name}")
    connection.execute(f"create table {schema}.{name} as select * from temp.bare_{name}")
    connection.execute(f"drop table temp.bare_{name}")
