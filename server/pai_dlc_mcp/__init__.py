"""MCP server for Alibaba Cloud PAI-DLC training jobs and the AIWorkSpace catalogue around them."""

__version__ = "0.2.0"
