"""`/api/v1`: cases, records, figures and exchange for other systems, and the OpenAPI document of it."""
