"""The untrusted side: the worker, its sessions and what confines them. It imports nothing secret."""
