# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/io/events.tfevents with TensorBoard's own protobuf classes and record writer.
With a folder it prints what TensorBoard's own reader finds there instead, tag by tag.
Run: python tests/oracle/io/tensorboard_events.py [FOLDER]
"""
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

OUT = pathlib.Path(__file__).parents[2] / "fixtures" / "io" / "events.tfevents"


def scalar(tag, step, value, time):
    return Event(wall_time=time, step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))


def make():
    with open(OUT, "wb") as file:
        writer = RecordWriter(file)
        for event in (Event(wall_time=1700000000.25, file_version="brain.Event:2"),
                      Event(wall_time=1700000000.25, step=300, session_log=SessionLog(status=SessionLog.START)),
                      scalar("train/loss", 300, 2.5, 1700000001.5), scalar("train/learning_rate", 300, 1e-5, 1700000001.5),
                      scalar("train/loss", 70000, float("inf"), 1700000002.0)):
            writer.write(event.SerializeToString())


def read(folder):
    found = EventAccumulator(folder, size_guidance={"scalars": 0, "tensors": 0}).Reload()
    for tag in sorted(found.Tags()["scalars"]):
        print(tag, [(e.step, e.value) for e in found.Scalars(tag)])


if __name__ == "__main__":
    read(sys.argv[1]) if len(sys.argv) > 1 else make()
