"""Every setting of Rackline in one declared table: name, type, default, help, secret or not.

Values come from the environment (`RACKLINE_DATABASE_URL=…`) or a `.env` file beside the program.
`docs/settings.md` is generated from this table.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.errors import SETTINGS, ConfigError, Fault, allowed_by


class Settings(BaseSettings):
    """What may be set; the help of each entry is its documentation."""

    model_config = SettingsConfigDict(env_prefix="RACKLINE_", env_file=".env", extra="ignore")

    database_url: Annotated[
        SecretStr, Field(description="SQLAlchemy URL of the store; SQLite file or PostgreSQL")
    ] = SecretStr("sqlite:///var/rackline.sqlite3")
    plants_dir: Annotated[Path, Field(description="Folder of the plant TOML files")] = (
        Path(__file__).parent.parent / "etl" / "plants"
    )
    plant_data_dir: Annotated[
        Path, Field(description="Folder that ${PLANT_DATA} in a plant TOML stands for")
    ] = Path("var/plants")
    host: Annotated[str, Field(description="Address the dashboard listens on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535, description="Port the dashboard listens on")] = 8050
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="Least level logged")
    ] = "INFO"


def load_settings() -> Settings:
    """Read the settings; raises ConfigError listing every fault found.

    >>> load_settings().host
    '127.0.0.1'
    """
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError(
            [
                Fault(
                    SETTINGS,
                    "RACKLINE_" + ".".join(str(part) for part in fault["loc"]).upper(),
                    fault["input"],
                    allowed_by(fault),
                )
                for fault in error.errors()
            ]
        ) from error
