"""The script that Streamlit runs for every viewer. It is alone here: where a script is, Streamlit looks for modules first."""
