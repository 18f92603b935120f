"""Offline extraction: the words of a document and a schema -> data, by labels, types and the geometry of the page. No model.

Deterministic: what is found depends on the words and the schema alone. What is not found is null.
"""
