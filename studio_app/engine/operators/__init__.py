"""Operations that networks are made to run with here: convolutions that wrap or lie packed, and whole passes as one
call. They know tensors and modules, and nothing of pictures, prompts or families.
"""
