"""The five zones of the command centre (DOMAIN.md 1.4): intake, dispatch, mediation, monitoring, psychological service."""
