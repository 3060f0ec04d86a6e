"""Changes to many tables, made at once."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class Together(Operation):
    """Several operations of which none needs the state that another leaves.

    After each operation Django builds the classes of every model anew that has to do with the one changed. With a
    hundred models that was three quarters of the time a new database took. Here the classes are built once, when all
    operations are known: each changes its table from the state before all of them to the state after all of them.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # A state that holds built classes renews them with each model; without them it builds all when asked.
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """What the lists of migrations say of it."""
        return ", ".join(operation.describe() for operation in self.operations)


class CreateModels(Together):
    """Makes the tables of several models that are new, each after those it refers to."""

    def __init__(self, operations: Sequence[CreateModel]) -> None:
        super().__init__(operations)
        self.names = [operation.name for operation in operations]

    def describe(self) -> str:
        """What the lists of migrations say of it."""
        return "Create " + ", ".join(self.names)
