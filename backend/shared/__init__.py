"""What every feature stands on and no feature owns: database, errors, schemas, clock, ids, money, events, jobs, languages, pages."""
