"""What operators see of a running server beside its log and its audit: metrics and traces."""
