"""The graphs of the sentence encoders for ONNX Runtime: what writes them, and what opens them to run."""
