"""crmgraph."""
