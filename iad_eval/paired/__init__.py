"""Statistics of pairs: the same photographs judged before and after a change.

Arrays in, numbers out. The photograph is the cluster everywhere: its views are not independent.
"""
