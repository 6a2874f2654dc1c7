// Only carries the precompiled header that all phases share.
