"""Sheets of A4 for official papers: title, ruled tables, filled lines, signature and seal places, footer.

`Sheet` is the layout kit over fpdf2; the papers call it and never touch coordinates. What is written breaks by
the rules of Chinese (`wrap`), a table row splits over pages, and a character that the font lacks is
replaced by a clear mark and counted, never by an empty box. It must not know cases.
"""
