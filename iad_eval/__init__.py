"""iad-eval: a pytest plugin that evaluates industrial anomaly detection."""

__version__ = "0.1.0"
