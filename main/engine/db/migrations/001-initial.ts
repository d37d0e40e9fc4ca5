import type { Migration } from '../migration.ts';

/**
 * The first schema. Times are milliseconds since 1970 (UTC), paths use forward slashes and Unicode NFC,
 * JSON columns hold only what is never filtered by. Rows that a person removes stay (`removed_at`), so that
 * undo can bring them back under the same id; ids are never used twice (AUTOINCREMENT).
 */
const project = `
  CREATE TABLE project (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- A folder from which images were imported; both paths are tried when the project is opened elsewhere.
  CREATE TABLE sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    absolute_path TEXT NOT NULL UNIQUE,
    relative_path TEXT,
    added_at INTEGER NOT NULL
  ) STRICT;
`;

const images = `
  CREATE TABLE images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    rel_path TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT,
    bytes INTEGER NOT NULL DEFAULT 0,
    mtime_ms REAL NOT NULL DEFAULT 0,
    width INTEGER NOT NULL DEFAULT 0,
    height INTEGER NOT NULL DEFAULT 0,
    format TEXT NOT NULL DEFAULT '',
    orientation INTEGER NOT NULL DEFAULT 1,
    file_state TEXT NOT NULL DEFAULT 'ok' CHECK (file_state IN ('ok', 'changed', 'missing', 'unreadable')),
    problem_code TEXT,
    problem_message TEXT,
    -- Follows from the annotations; kept here so that the gallery can filter and count by index.
    label_state TEXT NOT NULL DEFAULT 'unlabeled' CHECK (label_state IN ('unlabeled', 'labeled', 'nothing')),
    -- The content that the person saw when labeling; another sha256 means: changed since.
    labeled_sha256 TEXT,
    group_key TEXT,
    stated_fold INTEGER,
    taken_at TEXT,
    sort_key TEXT NOT NULL,
    search_key TEXT NOT NULL,
    thumbnail INTEGER NOT NULL DEFAULT 0,
    added_at INTEGER NOT NULL,
    removed_at INTEGER,
    UNIQUE (source_id, rel_path)
  ) STRICT;
  CREATE INDEX images_by_name ON images (sort_key, id) WHERE removed_at IS NULL;
  CREATE INDEX images_by_state ON images (label_state, sort_key, id) WHERE removed_at IS NULL;
  CREATE INDEX images_by_added ON images (added_at, id) WHERE removed_at IS NULL;
  CREATE INDEX images_by_file_state ON images (file_state, sort_key, id)
    WHERE removed_at IS NULL AND file_state <> 'ok';
  CREATE INDEX images_by_content ON images (sha256, id) WHERE removed_at IS NULL;
  CREATE INDEX images_without_thumbnail ON images (id) WHERE removed_at IS NULL AND thumbnail = 0;
`;

const labels = `
  CREATE TABLE classes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    -- The name in Unicode NFC and lower case: two classes that look alike are one too many.
    name_key TEXT NOT NULL,
    colour TEXT NOT NULL,
    shortcut INTEGER CHECK (shortcut BETWEEN 1 AND 9),
    position INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX classes_by_name ON classes (name_key) WHERE removed_at IS NULL;
  CREATE UNIQUE INDEX classes_by_shortcut ON classes (shortcut)
    WHERE removed_at IS NULL AND shortcut IS NOT NULL;

  CREATE TABLE annotations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    image_id INTEGER NOT NULL REFERENCES images (id),
    -- 'label' and 'nothing' speak of the whole image; shapes will be further kinds with a geometry.
    kind TEXT NOT NULL,
    class_id INTEGER REFERENCES classes (id),
    geometry TEXT,
    source TEXT NOT NULL CHECK (source IN ('human', 'model', 'import')),
    run_id TEXT,
    author TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX annotations_by_image ON annotations (image_id, kind, class_id);
  CREATE INDEX annotations_by_class ON annotations (class_id, image_id);

  -- One step of undo.
  CREATE TABLE change_groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    action TEXT NOT NULL,
    class_name TEXT,
    images INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL
  ) STRICT;

  -- What one step did to one thing: the state it made and the state it found, both as JSON.
  CREATE TABLE changes (
    -- Never deleted, so the next id is always the highest.
    id INTEGER PRIMARY KEY,
    group_id INTEGER NOT NULL REFERENCES change_groups (id),
    kind TEXT NOT NULL CHECK (kind IN ('labels', 'class', 'image')),
    image_id INTEGER REFERENCES images (id),
    class_id INTEGER REFERENCES classes (id),
    forward TEXT NOT NULL,
    inverse TEXT NOT NULL,
    -- NULL: it stands. Else the number of the undo that took it back; the highest is the first to be redone.
    undone_order INTEGER
  ) STRICT;
  CREATE INDEX changes_standing ON changes (group_id) WHERE undone_order IS NULL;
  CREATE INDEX changes_standing_by_image ON changes (image_id, kind, id)
    WHERE undone_order IS NULL AND image_id IS NOT NULL;
  CREATE INDEX changes_standing_by_class ON changes (class_id, id)
    WHERE undone_order IS NULL AND class_id IS NOT NULL;
  CREATE INDEX changes_undone ON changes (undone_order, id) WHERE undone_order IS NOT NULL;

  -- What a command answered, so that repeating it after a restart answers the same and does nothing.
  CREATE TABLE commands (
    id TEXT PRIMARY KEY,
    method TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

const data = `
  -- The labels as they were when a run was started; any result can be rebuilt from it.
  CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    task TEXT NOT NULL,
    classes TEXT NOT NULL,
    images INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE snapshot_images (
    snapshot_id INTEGER NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
    image_id INTEGER NOT NULL REFERENCES images (id),
    sha256 TEXT NOT NULL,
    -- Ids of classes, ascending, as JSON; [] is: checked, nothing in it.
    labels TEXT NOT NULL,
    group_key TEXT,
    PRIMARY KEY (snapshot_id, image_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE splits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    snapshot_id INTEGER NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
    evaluation TEXT NOT NULL,
    report TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE split_folds (
    split_id INTEGER NOT NULL REFERENCES splits (id) ON DELETE CASCADE,
    image_id INTEGER NOT NULL REFERENCES images (id),
    -- NULL: never tested, always trained on.
    fold INTEGER,
    PRIMARY KEY (split_id, image_id)
  ) STRICT, WITHOUT ROWID;
`;

const runs = `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
      ('waiting', 'running', 'paused', 'done', 'failed', 'cancelled', 'interrupted')),
    snapshot_id INTEGER REFERENCES snapshots (id),
    split_id INTEGER REFERENCES splits (id),
    -- Relative to the project's folder, so that a moved project keeps its runs.
    manifest_path TEXT NOT NULL,
    recipe TEXT NOT NULL,
    evaluation TEXT NOT NULL,
    images INTEGER NOT NULL,
    classes INTEGER NOT NULL,
    -- Executor, versions, sizes and checks that the trainer reported at its end.
    record TEXT,
    -- Metrics of the finished run as they are shown in lists.
    summary TEXT,
    error TEXT,
    resumable INTEGER NOT NULL DEFAULT 0 CHECK (resumable IN (0, 1)),
    has_model INTEGER NOT NULL DEFAULT 0 CHECK (has_model IN (0, 1)),
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    -- Time really spent training, pauses and interruptions left out.
    seconds REAL NOT NULL DEFAULT 0,
    removed_at INTEGER
  ) STRICT;
  CREATE INDEX runs_by_time ON runs (created_at, id) WHERE removed_at IS NULL;

  CREATE TABLE metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    fold INTEGER,
    phase INTEGER NOT NULL,
    phase_name TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    train_loss REAL NOT NULL,
    train_accuracy REAL NOT NULL,
    validation_loss REAL,
    validation_accuracy REAL,
    learning_rate REAL NOT NULL,
    seconds REAL NOT NULL,
    images_per_second REAL NOT NULL
  ) STRICT;
  -- A resumed run reports again the epochs since its last checkpoint: they replace the first report.
  CREATE UNIQUE INDEX metrics_by_epoch ON metrics (run_id, ifnull(fold, -1), phase, epoch);

  CREATE TABLE predictions (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    image_id INTEGER NOT NULL REFERENCES images (id),
    fold INTEGER NOT NULL,
    -- Positions in the snapshot's classes, as JSON: what was true when the run was started.
    truth TEXT NOT NULL,
    -- One little-endian 32-bit float for each class of the snapshot.
    probabilities BLOB NOT NULL,
    PRIMARY KEY (run_id, image_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE run_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('info', 'warning')),
    code TEXT NOT NULL,
    message TEXT NOT NULL
  ) STRICT;
  CREATE INDEX run_log_by_run ON run_log (run_id, id);

  -- What was written for use elsewhere, with the proof that went with it.
  CREATE TABLE exports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('onnx', 'report', 'predictions')),
    file_name TEXT NOT NULL,
    sha256 TEXT,
    bytes INTEGER NOT NULL,
    certificate TEXT,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX exports_by_run ON exports (run_id, id);
`;

/** Tables of the first release: project, images, labels with their undo log, runs and what they produced. */
export const initial: Migration = {
  number: 1,
  name: 'initial',
  sql: [project, images, labels, data, runs],
};
