"""Attention kernels, one a file or package; none imports another."""
