"""What the app knows and says: cache, store, session, language, formats and what each screen shows. Knows no Kivy."""
