"""How good detections are: compared with the truth box by box, with COCO's average precision.

Pure: nothing here reads a document or asks a model. docs/eval.md, "Detections", defines every number.
"""
