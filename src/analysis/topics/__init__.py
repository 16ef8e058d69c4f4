"""What only some reports show, one topic a file: from the study's rows, through the gate, to a fragment."""
