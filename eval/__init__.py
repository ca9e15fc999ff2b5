"""Measuring Dipnot: gold questions and metrics."""
