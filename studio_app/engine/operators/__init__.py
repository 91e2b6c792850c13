"""Operations that networks are made to run with here: convolutions that wrap or lie packed, whole passes as one call,
and copies to the host that nobody waits for. They know tensors and modules, and nothing of pictures, prompts or
families.
"""
