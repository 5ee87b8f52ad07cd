"""The standard papers of people's mediation as PDF, ready to print and sign (DOMAIN.md 4).

    CaseState + FormContext (+ events of the case)  ->  material -> documents -> PDF bytes

Pure: no clock, no network, no database; the same input gives the same bytes. The font comes as a path,
the bytes of pictures from a callable. Only this package of `shared` knows the PDF library.
"""
