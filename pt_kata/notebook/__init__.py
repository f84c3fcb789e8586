"""Katas in a notebook: ``%load_ext pt_kata``, then ``%%kata NAME`` on cells that define the kata's functions."""
