"""Charts as plain shapes, drawn once and put on a page as SVG or on paper: one hue, zero at the foot, no more than three lines of
grid, every mark with its number."""
