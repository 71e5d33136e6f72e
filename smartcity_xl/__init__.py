"""Score a smart city from the workbooks that its departments fill."""

__version__ = "0.1.0"
