"""All connectors by name. A new connector is one file and one line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from etl.connectors.base import Connector
from etl.connectors.cfx import CfxConnector, CfxOptions
from etl.connectors.file_options import FilesOptions
from etl.connectors.files import FilesConnector
from etl.connectors.http_json import HttpJsonConnector
from etl.connectors.http_options import HttpJsonOptions
from etl.connectors.options import Options
from etl.connectors.sparkplug import SparkplugConnector, SparkplugOptions
from etl.connectors.sql import SqlConnector
from etl.connectors.sql_query import SqlOptions
from etl.connectors.tester_files import TesterFilesConnector, TesterFilesOptions


@dataclass(frozen=True, slots=True)
class Kind:
    """A connector and the options it takes.

    `build` is called with the source's code, its options, its zone and its deadline in seconds.
    """

    options: type[Options]
    build: Callable[[str, Any, ZoneInfo, float], Connector]


CONNECTORS = {
    "sql": Kind(SqlOptions, SqlConnector),
    "files": Kind(FilesOptions, FilesConnector),
    "tester_files": Kind(TesterFilesOptions, TesterFilesConnector),
    "http_json": Kind(HttpJsonOptions, HttpJsonConnector),
    "cfx": Kind(CfxOptions, CfxConnector),
    "mqtt_sparkplug": Kind(SparkplugOptions, SparkplugConnector),
}
