//! Long Game.
