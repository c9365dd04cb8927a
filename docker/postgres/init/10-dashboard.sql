-- Run once, when the data folder is empty. The password comes from its file and appears on no command line.
\set ON_ERROR_STOP on
\set password `cat /run/secrets/dashboard_db_password`
create role dashboard login password :'password';
create database dashboard owner dashboard;
revoke connect on database dashboard from public;
revoke connect on database postgres from public;
