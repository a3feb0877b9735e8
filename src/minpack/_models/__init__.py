"""Formulas as models: parse, derive, compile; starts from data; the ready models."""
