"""Traces for who runs OpenTelemetry (the extra `otel`, the setting TONGBAN_TRACES): a span for each request, each run
of a job and each delivery of events to a handler.

A span says what a line of the log says: method, route, status; the name of a job; of an error its type. Addresses,
arguments, statements and messages of errors may hold personal data and are in none, which is why nothing is
instrumented by the libraries' own instrumentation: it records them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings

Say = Callable[..., None]


@contextmanager
def span(name: str, *, answers: bool = False, parent: str = "") -> Iterator[Say]:
    """A span around what is done inside, as the child of the one that is open; nothing where no traces are wanted.

    Args:
        name: what is done, of a small number of names.
        answers: whether it answers somebody outside.
        parent: of a request, its `traceparent` header (W3C Trace Context): ids alone. `tracestate` and `baggage` hold
            what others wrote, and are not read.

    Yields:
        `say(name, **attributes)`: another name (empty: the same), and what else is known of it.
    """
    tracer = _tracer()
    if tracer is None:
        yield _unheard
        return
    from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415 - an extra
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - the same

    context = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None
    kind = SpanKind.SERVER if answers else SpanKind.INTERNAL
    # What the library would record of an exception holds its message.
    quiet = {"record_exception": False, "set_status_on_exception": False}
    with tracer.start_as_current_span(name, context=context, kind=kind, **quiet) as current:

        def say(name: str = "", **attributes: Any) -> None:  # noqa: ANN401 - texts and numbers
            if name:
                current.update_name(name)
            current.set_attributes({key.replace("__", "."): value for key, value in attributes.items()})

        try:
            yield say
        except BaseException as error:
            current.set_attribute("error.type", type(error).__qualname__)
            current.set_status(Status(StatusCode.ERROR))
            raise


def _unheard(name: str = "", **attributes: Any) -> None:  # noqa: ANN401 - as `say`
    """Where no traces are wanted."""


@cache
def _tracer() -> Any:  # noqa: ANN401 - of a library that need not be there
    """What makes spans in this process; None where no traces are wanted."""
    if not settings.TRACES:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - the same

    return tracer_to(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.TRACES)))


def tracer_to(processor: Any) -> Any:  # noqa: ANN401 - the library's, without types
    """A tracer whose spans go to a processor (`opentelemetry.sdk.trace.SpanProcessor`)."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - the same

    # No detectors: they would tell of the machine and the command line.
    provider = TracerProvider(resource=Resource({"service.name": "tongban"}))
    provider.add_span_processor(processor)
    return provider.get_tracer("tongban")
