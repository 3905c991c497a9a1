"""A stand-in for the PAI-DLC and AIWorkSpace services that speaks their real wire protocol.

It routes from ``contract.json`` (frozen from the official SDKs), never from the declarations in ``api/``,
so that client and service can only agree by both being right.
"""
