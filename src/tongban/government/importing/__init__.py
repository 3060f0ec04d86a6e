"""Loading regions and agencies from files: every bad row reported, nothing half-loaded."""
