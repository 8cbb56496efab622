"""What a connector's options share: strictness. Unknown keys are faults, usually misspelt ones."""

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Base of each connector's `[sources.options]`; `${NAME}` was expanded before it gets here."""

    model_config = ConfigDict(extra="forbid", frozen=True)
