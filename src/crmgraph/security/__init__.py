"""Who may do what to which rows: access answers with a condition that stands in every scan."""
