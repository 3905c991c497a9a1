"""What an operator can set: declared in ``settings``, read by ``sources``, checked against the host by ``files``."""
