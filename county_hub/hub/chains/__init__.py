"""The chains of devices: what they signed, what they stated of themselves, and which number was given twice."""
