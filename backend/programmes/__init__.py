"""The programme as a versioned document: what earns, how tiers are reached, what a referral is worth, when points burn.

YAML text → data with places (`yaml_places`) → sections (`document_schema` and its siblings) → a frozen `Programme`
(`building`), or every mistake with its line and column. `conditions` is the language within it, `engine` judges by it.
It judges a receipt on facts that it is given and fetches nothing; its only table is that of versions.
"""
