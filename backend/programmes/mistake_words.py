"""What is said of each kind of mistake: what was found, and what was expected. Holes are filled by `mistakes`."""

from backend.shared.wording import N_

IN_YAML = {
    "too_large": N_("The document is larger than {kibibytes} KiB."),
    "too_deep": N_("This is nested deeper than {maximum} levels."),
    "empty_document": N_("The document is empty. It begins with `programme: name`."),
    "not_a_document": N_("A programme is a mapping of sections that begins with `programme: name`."),
    "key_twice": N_("{key:code} stands here twice; the first time on line {first_line}."),
    "key_not_text": N_("A key is a word, not {key:code}."),
    "yaml_anchor": N_(
        "Anchors (`&`) and aliases (`*`) are not taken: write the part out. A text that begins so, in quotes."
    ),
    "yaml_tag": N_("Tags (`!`) are not taken. A text that begins with an exclamation mark stands in quotes."),
    "yaml_tab": N_("There is a tab here. YAML is indented with spaces."),
    "yaml_colon_in_value": N_(
        "A colon stands where a value goes on. Put the value in quotes, or mend the indentation."
    ),
    "yaml_no_colon": N_("A colon is missing: `key: value`."),
    "yaml_unterminated_quote": N_("The quote that opens here is never closed."),
    "yaml_escape": N_(
        "After a backslash in double quotes an escape is expected; in single quotes a backslash is itself."
    ),
    "yaml_end": N_("The document ends too early: a bracket that was opened before is not closed."),
    "yaml_list_open": N_("In the list in square brackets a comma or the closing bracket `]` is expected here."),
    "yaml_mapping_open": N_("In the mapping in braces a comma or the closing brace `}}` is expected here."),
    "yaml_indentation": N_("The indentation does not fit: keys of one section begin in the same column."),
    "yaml_character": N_("No value can begin with this character. Put the text in quotes."),
    "yaml_two_documents": N_("A second document begins here; a file holds one programme."),
    "yaml_nothing_here": N_("A value is expected here."),
    "yaml_item_here": N_("A list cannot begin here: its items stand on lines of their own, `- item`."),
    "yaml_control_character": N_("There is a control character here that no text holds."),
    "yaml_other": N_("This is not YAML."),
}
IN_SECTIONS = {
    "unknown_key": N_("The key {key:code} is not known here. What may stand here: {known:codes}."),
    "comma_in_text": N_("A comma within braces ends a text, and {key:code} begins a key. Put the text in quotes."),
    "missing_key": N_("The key {key:code} is missing here."),
    "nothing_here": N_("Something is expected here, and nothing stands here."),
    "not_taken": N_("{found:code} cannot stand here."),
    "not_a_text": N_("A text is expected, not {found:code}. In quotes, a number or `true` is a text."),
    "not_whole": N_("A whole number is expected, not {found:code}."),
    "not_yes_or_no": N_("`true` or `false` is expected, not {found:code}."),
    "not_a_list": N_("A list is expected: its items on lines of their own, `- item`, or `[one, two]`."),
    "not_a_mapping": N_("A section with keys is expected, `key: value`, not {found:code}."),
    "out_of_range": N_("A number from {min} to {max} is expected, not {found:code}."),
    "text_length": N_("A text of {min} to {max} characters is expected."),
    "list_length": N_("{min} to {max} items are expected."),
    "unknown_value": N_("{found:code} is not known here. What may stand here: {choices:codes}."),
    "bad_name": N_(
        "A name is of small Latin letters, digits and underscores, and begins with a letter; not {found:code}."
    ),
    "bad_programme_name": N_("A programme's name is of small Latin letters, digits and hyphens; not {found:code}."),
    "not_a_day": N_("A day is written `2026-12-31`, not {found:code}."),
    "no_such_day": N_("There is no day {found:code} in the calendar."),
    "not_a_window": N_("A time is `life`, `{{calendar: year}}` or `{{months: 12}}`, not {found:code}."),
    "not_a_currency": N_("{found:code} is not a currency by ISO 4217, such as `RUB` or `EUR`."),
    "days_and_months": N_("`days` stands here too: points burn after so many days or after so many months."),
    "days_or_months": N_("Say after how many `days` or `months` points burn; without `expiry` they never do."),
    "transfer_more_than_day": N_("One transfer would be at least {found}, more than the {maximum} that a day allows."),
    "valid_twice": N_("`valid_days` stands here too: a reward has one of the two."),
    "reward_needs": N_("A reward of kind {reward_kind:code} says its {key:code}."),
    "reward_has_no": N_("A reward of kind {reward_kind:code} has no {key:code}."),
    "referral_reward_needs": N_("A reward on {event:code} says its {key:code}."),
    "referral_reward_has_no": N_("A reward on {event:code} has no {key:code}."),
    "milestone_to": N_("Friends are counted for the advocate: a milestone is `to: advocate`."),
    "unknown_limit": N_("The rule {rule:code} has no limit {key:code}. Its limits: {known:codes}."),
    "rule_without_limits": N_("The rule {rule:code} has no limits: leave `limits` out."),
    "times_and_points": N_("`times` stands here too: a cap counts times or points."),
}
BETWEEN_SECTIONS = {
    "gives_nothing": N_("The rule gives nothing. It needs exactly one of {ways:codes}."),
    "gives_twice": N_(
        "The rule gives {first:code} already. It gives exactly one thing: make a second rule for {way:code}."
    ),
    "unknown_stack": N_("There is no stack {stack:code} under `stacking`. There are: {known:codes}."),
    "reserved_stack": N_("`base` is the stack of rules that name none: they add up. Take another name."),
    "ends_before_it_begins": N_("The rule ends before its first day, {first_day}."),
    "name_twice": N_("{name:code} stands here twice; the first time on line {first_line}."),
    "not_rising": N_("Levels rise: more than {before} is expected here."),
    "wrong_threshold": N_(
        "The ladder measures by {measure:code}; its levels begin with {wanted:code}, not {key:code}."
    ),
    "reserved_tier": N_("`none` is what conditions call members without a tier. Take another name."),
    "kind_needs": N_("A programme of kind {programme_kind:code} needs the section {section:code}."),
    "kind_has_no": N_(
        "A {programme_kind:code} programme has no section {section:code}. Make it `combined`, or leave it out."
    ),
    "unknown_rule": N_(
        "There is no rule, action or reward of inviting {name:code}, and `referral` is the only other thing that gives"
        " points."
    ),
    "reward_gives_nothing": N_("The reward gives nothing. It needs one of {ways:codes}."),
    "no_second_level": N_("Whoever invited the advocate is rewarded only where `second_level: allowed` stands."),
    "name_taken": N_("{name:code} is the name of something else that gives points. Take another one."),
    "unknown_coupon": N_("There is no {name:code} under `rewards`. There are: {known:codes}."),
    "changes_nothing": N_("These terms change nothing: give them rules under `earning`, or a section to replace."),
}
IN_CONDITIONS = {
    "unexpected": N_("{found:code} cannot stand here. Expected: {expected:tokens}."),
    "unexpected_end": N_("The condition ends too early. Expected: {expected:tokens}."),
    "unexpected_character": N_("The character {found:code} has no meaning in a condition."),
    "lone_equals": N_("A single `=` means nothing here; `==` compares."),
    "lone_and": N_("A single {found:code} means nothing here; `&&` is “and”, `||` is “or”."),
    "word_operator": N_("{found:code} is written {instead:code} here."),
    "unterminated_text": N_("The text that opens with {found:code} is never closed."),
    "bad_escape": N_("{found:code} is not an escape that texts know: `\\\"`, `\\'`, `\\\\`, `\\n`, `\\t`."),
    "condition_too_long": N_("The condition is longer than {maximum} characters. Make several rules of it."),
    "condition_too_large": N_("The condition has more than {maximum} parts. Make several rules of it."),
    "condition_too_deep": N_("The condition is nested deeper than {maximum} levels."),
    "list_too_long": N_("A list in a condition has at most {maximum} items."),
    "number_too_large": N_("The number {found:code} is too large."),
    "chained": N_("Comparisons are not chained: write `a < b && b < c`."),
    "unknown_name": N_("{name:code} is not known here. There are: {known:codes}."),
    "not_a_value": N_("{name:code} alone is not a value; name a part of it, such as {example:code}."),
    "unknown_field": N_("{object:code} has no {name:code}. It has: {known:codes}."),
    "unknown_function": N_("There is no function {name:code}. There are: {known:codes}."),
    "unknown_method": N_("{object:type} has no method {name:code}. Texts have {known:codes}."),
    "call_needed": N_("{name:code} needs a value in brackets, such as {example:code}."),
    "not_a_function": N_("{name:code} is a value, not a function: leave the brackets out."),
    "wrong_count": N_("{name:code} takes {expected} in brackets, not {found}. For example: {example:code}."),
    "wrong_type": N_("{expected:types} is expected here, not {found:type}."),
    "not_comparable": N_("{left:type} cannot be compared with {right:type}."),
    "no_order": N_("{found:type} has no order: only `==`, `!=` and `in` compare it."),
    "money_with_number": N_("Money is compared with money: write `money({example})`, in {currency}."),
    "wrong_arithmetic": N_("{left:type} {operator} {right:type} makes no sense."),
    "unknown_choice": N_("{found:code} is not one of {choices:codes}."),
    "no_tiers": N_("The document has no tiers, so no {found:code}: add the section `tiers`, or compare with `none`."),
    "literal_needed": N_("{name:code} takes a value that is written out, such as {example:code}."),
    "bad_literal": N_("{found:code} is not what {name:code} takes; write {example:code}."),
    "literal_range": N_("{name:code} takes a whole number from {minimum} to {maximum}."),
    "divisor": N_("After `/` and `%` stands a whole number other than 0, written out."),
    "mixed_list": N_("The items of a list are of one type: {first:type} is first, and this is {found:type}."),
    "empty_list": N_("The list is empty: nothing is in it."),
    "not_a_condition": N_("A condition is true or false; this is {found:type}. Compare it with something."),
    "not_available": N_("{name:code} is not known in this place. What may stand here: {known:codes}."),
    "variable_taken": N_("{name:code} has a meaning already. Call the line otherwise, such as `line`."),
    "outer_line": N_("Inside `exists` and `all` only their own line can be looked at, not {name:code}."),
}
WORDS = {**IN_YAML, **IN_SECTIONS, **BETWEEN_SECTIONS, **IN_CONDITIONS}

TYPES = {
    "bool": N_("a yes or no"),
    "int": N_("a whole number"),
    "number": N_("a number"),
    "text": N_("a text"),
    "money": N_("an amount of money"),
    "date": N_("a date"),
    "time": N_("a time"),
    "choice": N_("one of a few words"),
    "list": N_("a list"),
}
TOKENS = {
    "value": N_("a value (a name, a number, a text, a bracket)"),
    "operator": N_("a comparison or `&&`, `||`"),
    "NAME": N_("a name"),
    "RPAR": N_("a closing bracket `)`"),
    "LPAR": N_("an opening bracket `(`"),
    "RSQB": N_("a closing bracket `]`"),
    "COMMA": N_("a comma"),
    "DOT": N_("a dot"),
    "end": N_("the end of the condition"),
}
