"""The screens, a module and a `.kv` file each. They show what `state` says, with no input or output of their own."""
