"""The tests of crmcore; README.md beside this file says where a new one belongs."""
