"""Assets, resources, jobs: everything the Dagster code location collects."""
