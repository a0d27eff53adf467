# SPDX-License-Identifier: Apache-2.0
"""Which files of a repository Hugging Face `datasets` takes for which split of which configuration: for each layout below, its
folder is made, opened with load_dataset_builder, and what it resolved is recorded.

Run: python3 dataset_layouts.py ../../fixtures/hub/dataset_layouts.json      (pip install datasets)
"""
import json
import os
import pathlib
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
import datasets  # noqa: E402

SHARDS = [f"data/{split}-{i:05}-of-00002.jsonl" for split in ("train", "test", "extra") for i in range(2)]
# name, the card's YAML (None: no README.md), paths
LAYOUTS = [
    ("one_file", None, ["rows.jsonl"]),
    ("one_file_with_card_without_configs", "license: mit\n", ["rows.jsonl", "notes.txt"]),
    ("splits_by_file_names", None, ["train.csv", "test.csv", "validation.csv"]),
    ("other_words", None, ["training.tsv", "dev.tsv", "eval.tsv"]),
    ("words_with_numbers", None, ["train_0.jsonl", "train_1.jsonl", "train_10.jsonl", "train_2.jsonl", "test_0.jsonl"]),
    ("words_within_names", None, ["my-train-file.jsonl", "my_test.jsonl", "retrained.jsonl"]),
    ("words_that_are_none", None, ["trained.jsonl", "testify.jsonl", "devotion.jsonl"]),
    ("folders", None, ["data/train/b.jsonl", "data/train/a.jsonl", "data/test/a.jsonl", "data/other/a.jsonl"]),
    ("folders_win_over_file_names", None, ["train/test.jsonl", "test/train.jsonl", "train.jsonl"]),
    ("folders_with_words", None, ["old-train-2/a.jsonl", "old-test-2/a.jsonl", "x/dev/y/z.jsonl"]),
    ("shards", None, SHARDS),
    ("shards_beside_others", None, [*SHARDS, "train.jsonl", "data/train-all.jsonl", "data/x.jsonl"]),
    ("shards_with_hash", None, ["data/train-00000-of-00001-a1b2.jsonl", "data/dev-00000-of-00001.jsonl"]),
    ("no_words", None, ["a.jsonl", "b/c.jsonl", "b/d.jsonl"]),
    ("hidden_and_special", None, [".hidden.jsonl", ".git/a.jsonl", "__pycache__/a.jsonl", "a.jsonl", "b/__x__/c.jsonl"]),
    ("ignored_names", None, ["dataset_infos.json", "config.json", "rows.json"]),
    ("gzip", None, ["train.jsonl.gz", "test.jsonl.gz"]),
    ("only_test", None, ["test.jsonl"]),
    ("only_one_folder", None, ["evaluation/a.csv", "evaluation/b.csv"]),
    ("data_files_text", "configs:\n- config_name: default\n  data_files: data/rows.jsonl\n", ["data/rows.jsonl", "other.jsonl"]),
    ("data_files_list", "configs:\n- config_name: default\n  data_files:\n  - b/*.jsonl\n  - a/*.jsonl\n", ["a/1.jsonl", "b/2.jsonl", "b/1.jsonl", "c.jsonl"]),
    ("splits", "configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: t/*\n  - split: hard.test\n    path: [h/a.csv, h/b.csv]\n",
     ["t/2.csv", "t/1.csv", "t/deep/3.csv", "h/a.csv", "h/b.csv", "h/c.csv"]),
    ("two_configs", "configs:\n- config_name: train\n  data_files:\n  - split: train\n    path: train/*\n  sep: \"\\t\"\n- config_name: eval\n  data_files:\n  - split: train\n    path: eval/*\n  sep: \"\\t\"\n",
     ["train/train.tsv", "eval/eval.tsv"]),
    ("default_flag", "configs:\n- config_name: a\n  data_files: a.jsonl\n- config_name: b\n  default: true\n  data_files: b.jsonl\n", ["a.jsonl", "b.jsonl"]),
    ("config_called_default", "configs:\n- config_name: a\n  data_files: a.jsonl\n- config_name: default\n  data_files: '*.jsonl'\n", ["a.jsonl", "b.jsonl"]),
    ("data_dir", "configs:\n- config_name: en\n  data_dir: en\n- config_name: de\n  data_dir: de\n", ["en/train.jsonl", "en/test.jsonl", "de/x.jsonl", "train.jsonl"]),
    ("data_dir_and_files", "configs:\n- config_name: en\n  data_dir: en\n  data_files: '*.jsonl'\n", ["en/1.jsonl", "en/2.jsonl", "1.jsonl"]),
    ("any_depth", "configs:\n- config_name: default\n  data_files: '**/part-*.jsonl'\n", ["part-1.jsonl", "x/part-2.jsonl", "x/y/part-3.jsonl", "x/y/3.jsonl"]),
    ("any_folder_below", "configs:\n- config_name: default\n  data_files: 'x/**/*.jsonl'\n", ["x/1.jsonl", "x/y/2.jsonl", "x/y/z/3.jsonl", "1.jsonl"]),
    ("everything_below", "configs:\n- config_name: default\n  data_files: 'x/**'\n", ["x/1.jsonl", "x/y/2.jsonl", "x/.h/3.jsonl", "1.jsonl"]),
    ("brackets", "configs:\n- config_name: default\n  data_files: 'f[0-2!a].jsonl'\n", ["f0.jsonl", "f2.jsonl", "f3.jsonl", "fa.jsonl", "f!.jsonl"]),
    ("not_brackets", "configs:\n- config_name: default\n  data_files: 'f[!0-2].jsonl'\n", ["f0.jsonl", "f3.jsonl", "fa.jsonl"]),
    ("question_marks", "configs:\n- config_name: default\n  data_files: 'f?.jsonl'\n", ["f0.jsonl", "f10.jsonl"]),
    ("hidden_asked_for", "configs:\n- config_name: default\n  data_files: '.h/*.jsonl'\n", [".h/1.jsonl", "h/1.jsonl", ".h/.2.jsonl"]),
    ("two_kinds", None, ["a.jsonl", "b.jsonl", "c.csv"]),
    ("two_kinds_alike", None, ["a.jsonl", "c.csv"]),
    ("numbers_as_names", "configs:\n- config_name: \"2023\"\n  data_files:\n  - split: train\n    path: 2023/*.jsonl\n", ["2023/a.jsonl"]),
    ("beside_documents", "configs:\n- config_name: default\n  data_files: '*'\n", ["a.jsonl", "LICENSE", "b.md", "code.py"]),
]


def record(name, card, paths):
    with tempfile.TemporaryDirectory() as made:
        root = pathlib.Path(made) / "repository"
        for path in [*paths, *(["README.md"] if card is not None else [])]:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text("{}\n", encoding="utf-8")
        readme = None if card is None else f"---\n{card}---\n# A card\n"
        if readme is not None:
            (root / "README.md").write_text(readme, encoding="utf-8")
        out = {"name": name, "readme": readme, "paths": sorted(paths) + (["README.md"] if readme else []), "configs": {}}
        for config in datasets.get_dataset_config_names(str(root)):
            found = datasets.load_dataset_builder(str(root), config).config.data_files
            out["configs"][config] = {str(split): [str(pathlib.Path(f).relative_to(root.resolve())) for f in files] for split, files in found.items()}
        out["default"] = datasets.get_dataset_default_config_name(str(root))
        return out


if __name__ == "__main__":
    datasets.disable_progress_bars()
    every = [record(*one) for one in LAYOUTS]
    pathlib.Path(sys.argv[1]).write_text("[\n" + ",\n".join(json.dumps(one) for one in every) + "\n]\n", encoding="utf-8")
    print(f"datasets {datasets.__version__}: {len(every)} layouts")
