"""The autograder: build, salvage, run, probe, judge, record, report. Instructors and authors only."""
