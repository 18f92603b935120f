"""The batch jobs of three providers as they speak of them, for the server of `tests.batches.server`.

Written after the providers' API references (November 2026): OpenAI /v1/files and /v1/batches, Anthropic /v1/messages/batches,
Gemini's Files API with its resumable uploads, :batchGenerateContent and batches/*.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.batches.server import BatchServer, Failure, Handler, Job
from tests.models.protocols import protocol_of

__all__ = ["ROUTES"]

Document = dict[str, Any]
_TIME = "2036-11-20T10:00:00Z"
_SECONDS = 2_100_000_000  # of jobs, later than any test begins one


# OpenAI


def _openai_upload(at: Handler, body: bytes) -> None:
    head = f"content-type: {at.headers['content-type']}\r\n\r\n".encode()
    parts = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()  # type: ignore[attr-defined]
    }
    assert parts["purpose"] == b"batch"
    name = f"file-{len(at.server_of.files) + 1}"
    at.server_of.files[name] = parts["file"]
    if at.server_of.hold_upload:
        at.server_of.taken.set()
        at.server_of.hold_upload.wait(100)
    at.reply({"id": name, "object": "file", "bytes": 1, "created_at": 1, "filename": "x", "purpose": "batch"})


def _openai_create(at: Handler, body: bytes) -> None:
    if at.refused():
        return
    told = json.loads(body)
    assert (told["endpoint"], told["completion_window"]) == ("/v1/chat/completions", "24h")
    lines = [json.loads(line) for line in at.server_of.files[told["input_file_id"]].splitlines()]
    assert all((line["method"], line["url"]) == ("POST", told["endpoint"]) for line in lines)
    requests = [(line["custom_id"], line["body"]) for line in lines]
    tag = told["metadata"]["vextract"]
    job = at.server_of.begin(requests[0][1]["model"], requests, tag, told["input_file_id"])
    at.taken(_openai_job(at, job, "validating"))


def _openai_job(at: Handler, job: Job, status: str) -> Document:
    server = at.server_of
    told: Document = {
        "id": job.name,
        "object": "batch",
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        "input_file_id": job.file,
        "created_at": _SECONDS,
        "status": status,
        "metadata": {"vextract": job.tag},
        "request_counts": {"total": len(job.requests), "completed": 0, "failed": 0},
    }
    if status == "failed":
        return {
            **told,
            "errors": {"object": "list", "data": [{"code": "x", "message": "Enqueued token limit reached"}]},
        }
    if status in {"completed", "expired", "cancelled"}:
        outputs: dict[str, list[Document]] = {"output": [], "error": []}
        for key, body in job.requests:
            kind, line = _openai_line(server, job, key, body)
            outputs[kind].append(line)
        for kind, lines in outputs.items():
            if lines:
                name = f"file-{kind}-{job.name}"
                server.files[name] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
                told[f"{kind}_file_id"] = name
    return told


def _openai_line(server: BatchServer, job: Job, key: str, body: Document) -> tuple[str, Document]:
    said = server.said(job, key, body)
    line: Document = {"id": f"batch_req_{key}", "custom_id": key, "response": None, "error": None}
    if said is None:
        return "error", {
            **line,
            "error": {"code": f"batch_{'cancelled' if job.cancelled else 'expired'}", "message": "x"},
        }
    protocol = protocol_of("/v1/chat/completions")
    if isinstance(said, Failure):
        status, answer = said.status, protocol.error(said.status, said.message)
    else:
        status, answer = 200, protocol.whole(said, job.model)
    response = {"status_code": status, "request_id": f"req-{key[:8]}", "body": answer}
    return ("output" if status == 200 else "error"), {**line, "response": response}


def _openai_look(at: Handler, _: bytes, name: str) -> None:
    job = at.server_of.jobs[name]
    at.reply(_openai_job(at, job, at.server_of.end(job) if at.server_of.look(job) else "in_progress"))


def _openai_list(at: Handler, _: bytes) -> None:
    told = [_openai_job(at, job, "in_progress") for job in reversed(at.server_of.jobs.values())]
    at.reply({"object": "list", "data": told, "has_more": False})


def _openai_cancel(at: Handler, _: bytes, name: str) -> None:
    at.server_of.jobs[name].cancelled = True
    at.reply(_openai_job(at, at.server_of.jobs[name], "cancelling"))


def _openai_content(at: Handler, _: bytes, name: str) -> None:
    data = at.server_of.files[name]
    at.reply(data.splitlines(keepends=True)[0] + b"<html>" if at.server_of.damage else data)


def _delete_file(at: Handler, _: bytes, name: str) -> None:
    at.server_of.deleted.append(name)
    at.reply({"id": name, "object": "file", "deleted": True})


# Anthropic


def _anthropic_create(at: Handler, body: bytes) -> None:
    if at.refused():
        return
    requests = [(each["custom_id"], each["params"]) for each in json.loads(body)["requests"]]
    job = at.server_of.begin(requests[0][1]["model"], requests, None, None)
    at.taken(_anthropic_job(at, job, "in_progress"))


def _anthropic_job(at: Handler, job: Job, status: str) -> Document:
    counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
    return {
        "id": job.name,
        "type": "message_batch",
        "created_at": datetime.fromtimestamp(_SECONDS, UTC).isoformat(),
        "expires_at": _TIME,
        "processing_status": status,
        "cancel_initiated_at": _TIME if job.cancelled else None,
        "request_counts": counts | {"processing": len(job.requests)},
        "results_url": f"{at.server_of.url}/v1/messages/batches/{job.name}/results" if status == "ended" else None,
    }


def _anthropic_look(at: Handler, _: bytes, name: str) -> None:
    job = at.server_of.jobs[name]
    at.reply(_anthropic_job(at, job, "ended" if at.server_of.look(job) else "in_progress"))


def _anthropic_list(at: Handler, _: bytes) -> None:
    told = [_anthropic_job(at, job, "in_progress") for job in reversed(at.server_of.jobs.values())]
    at.reply({"data": told, "has_more": False, "first_id": None, "last_id": None})


def _anthropic_cancel(at: Handler, _: bytes, name: str) -> None:
    at.server_of.jobs[name].cancelled = True
    at.reply(_anthropic_job(at, at.server_of.jobs[name], "canceling"))


def _anthropic_results(at: Handler, _: bytes, name: str) -> None:
    job = at.server_of.jobs[name]
    lines = []
    for key, body in reversed(job.requests):  # in no particular order
        said = at.server_of.said(job, key, body)
        result: Document = {"type": "canceled" if job.cancelled else "expired"}
        if isinstance(said, Failure):
            result = {"type": "errored", "error": protocol_of("/v1/messages").error(said.status, said.message)}
        elif said:
            result = {"type": "succeeded", "message": protocol_of("/v1/messages").whole(said, job.model)}
        lines.append(json.dumps({"custom_id": key, "result": result}, ensure_ascii=False).encode() + b"\n")
    at.reply(b"".join(lines))


def _anthropic_delete(at: Handler, _: bytes, name: str) -> None:
    at.server_of.deleted.append(name)
    at.reply({"id": name, "type": "message_batch_deleted"})


# Gemini


def _gemini_start(at: Handler, body: bytes) -> None:
    headers = at.headers
    if "upload_id" in at.path:
        name = at.path.rpartition("=")[2]
        assert int(headers["x-goog-upload-offset"]) == len(at.server_of.files[name])
        at.server_of.files[name] += body
        final = "finalize" in headers["x-goog-upload-command"]
        told = {"file": {"name": f"files/{name}", "mimeType": "application/jsonl"}} if final else {}
        at.reply(told, x_goog_upload_status="final" if final else "active")
        return
    assert (headers["x-goog-upload-protocol"], headers["x-goog-upload-command"]) == ("resumable", "start")
    name = f"in{len(at.server_of.files) + 1}"
    at.server_of.files[name] = b""
    url = f"{at.server_of.url}/upload/v1beta/files?upload_id={name}"
    at.reply({}, x_goog_upload_url=url, x_goog_upload_status="active")


def _gemini_create(at: Handler, body: bytes, model: str) -> None:
    if at.refused():
        return
    told = json.loads(body)["batch"]
    file = told["inputConfig"]["fileName"].removeprefix("files/")
    lines = [json.loads(line) for line in at.server_of.files[file].splitlines()]
    requests = [(line["key"], line["request"]) for line in lines]
    job = at.server_of.begin(model, requests, told["displayName"], file)
    at.taken(_gemini_job(at, job, "PENDING"))


def _gemini_job(at: Handler, job: Job, state: str) -> Document:
    told: Document = {"displayName": job.tag, "state": f"BATCH_STATE_{state}", "createTime": _TIME, "model": job.model}
    if state == "SUCCEEDED":
        name = f"out-{job.name}"
        at.server_of.files[name] = b"".join(_gemini_line(at.server_of, job, *request) for request in job.requests)
        told["output"] = {"responsesFile": f"files/{name}"}
    return {"name": f"batches/{job.name}", "metadata": told, "done": state == "SUCCEEDED"}


def _gemini_line(server: BatchServer, job: Job, key: str, body: Document) -> bytes:
    said = server.said(job, key, body)
    if said is None:
        return b""
    if isinstance(said, Failure):
        return json.dumps({"key": key, "error": {"code": 3, "message": said.message}}).encode() + b"\n"
    return json.dumps({"key": key, "response": protocol_of(":generateContent").whole(said, job.model)}).encode() + b"\n"


_GEMINI_ENDS = {"completed": "SUCCEEDED", "failed": "FAILED", "expired": "EXPIRED", "cancelled": "CANCELLED"}


def _gemini_look(at: Handler, _: bytes, name: str) -> None:
    job = at.server_of.jobs[name]
    at.reply(_gemini_job(at, job, _GEMINI_ENDS[at.server_of.end(job)] if at.server_of.look(job) else "RUNNING"))


def _gemini_list(at: Handler, _: bytes) -> None:
    at.reply({"operations": [_gemini_job(at, job, "RUNNING") for job in at.server_of.jobs.values()]})


def _gemini_cancel(at: Handler, _: bytes, name: str) -> None:
    at.server_of.jobs[name].cancelled = True
    at.reply({})


def _gemini_delete(at: Handler, _: bytes, name: str) -> None:
    at.server_of.deleted.append(name)
    at.reply({})


ROUTES: list[tuple[str, str, Callable[..., None]]] = [
    ("POST", r"/v1/files", _openai_upload),
    ("POST", r"/v1/batches", _openai_create),
    ("GET", r"/v1/batches", _openai_list),
    ("GET", r"/v1/batches/(\w+)", _openai_look),
    ("POST", r"/v1/batches/(\w+)/cancel", _openai_cancel),
    ("GET", r"/v1/files/([\w-]+)/content", _openai_content),
    ("DELETE", r"/v1/files/([\w-]+)", _delete_file),
    ("POST", r"/v1/messages/batches", _anthropic_create),
    ("GET", r"/v1/messages/batches", _anthropic_list),
    ("GET", r"/v1/messages/batches/(\w+)", _anthropic_look),
    ("POST", r"/v1/messages/batches/(\w+)/cancel", _anthropic_cancel),
    ("GET", r"/v1/messages/batches/(\w+)/results", _anthropic_results),
    ("DELETE", r"/v1/messages/batches/(\w+)", _anthropic_delete),
    ("POST", r"/upload/v1beta/files", _gemini_start),
    ("POST", r"/v1beta/models/([\w.-]+):batchGenerateContent", _gemini_create),
    ("GET", r"/v1beta/batches", _gemini_list),
    ("GET", r"/v1beta/batches/(\w+)", _gemini_look),
    ("POST", r"/v1beta/batches/(\w+):cancel", _gemini_cancel),
    ("DELETE", r"/v1beta/batches/(\w+)", _gemini_delete),
    ("GET", r"/v1beta/files/([\w-]+):download", _openai_content),
    ("DELETE", r"/v1beta/files/([\w-]+)", _gemini_delete),
]
