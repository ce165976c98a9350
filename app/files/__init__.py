"""Files that people entrust to the service: kept by their content, checked before they are kept."""
