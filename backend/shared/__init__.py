"""What every feature stands on and no feature owns: database, errors, clock, ids, events, jobs, languages, pages."""
