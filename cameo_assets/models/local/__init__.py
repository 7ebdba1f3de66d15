"""What runs a model in this process: where its weights are, loading, inputs, batches, and decoding.

Everything here is imported inside functions only, as most of it imports torch.
"""
