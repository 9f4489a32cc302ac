"""What every feature stands on and no feature owns: database, errors, schemas, clock, ids, events, jobs, languages, pages."""
