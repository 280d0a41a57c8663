"""Start the process that parses uploads, with the tasks that ship. Run as a program, never imported."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # Python runs isolated: nothing else is on it

    from layers.incoming.child import child, warm, work

    warm.load()
    child.main(work.WORKS, warm.chores())
