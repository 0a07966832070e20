"""JupyterLab for the notebooks: what is shown comes from this machine only. Used by `make notebooks` and the tests."""

from pathlib import Path

c = get_config()  # noqa: F821  # JupyterLab defines it
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.LabApp.app_settings_dir = str(Path(__file__).with_name("settings").resolve())  # does not ask about news
