"""The room where people meet online (网上约诊): who may enter, who consented, signalling, minutes, pages."""
